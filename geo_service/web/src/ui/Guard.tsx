import { Component, type ReactNode } from "react";
import { asProblem } from "../api/client";
import { ProblemAlert } from "./ProblemAlert";

/** A fault in one part of the screen is said there and leaves the map and the other parts alone. */
export class Guard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const problem = {
      ...asProblem(error),
      title: "This part of the page failed. Reload the page; what was saved is safe.",
      title_vi: "Phần này của trang gặp lỗi. Hãy tải lại trang; dữ liệu đã lưu vẫn an toàn.",
    };
    return <ProblemAlert problem={problem} />;
  }
}
