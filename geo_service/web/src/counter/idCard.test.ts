import { expect, it } from "vitest";
import { readIdCard } from "./idCard";

it("reads what the scanner types", () => {
  expect(
    readIdCard(
      "001089012345|012345678|Nguyễn Văn An|05031989|Nam|Số 1 Hàng Đào, Hoàn Kiếm, Hà Nội|01012021\n",
    ),
  ).toEqual({
    number: "001089012345",
    name: "Nguyễn Văn An",
    address: "Số 1 Hàng Đào, Hoàn Kiếm, Hà Nội",
  });
});

it("reads a card whose holder had no older number", () => {
  expect(readIdCard("001089012345||Trần Thị Bình|05031989|Nữ|Hà Nội|01012021")?.name).toBe("Trần Thị Bình");
});

it.each(["", "001089012345", "001089012345|An", "abc||An|05031989|Nam|Hà Nội|1", "1|2|3|4|5|6|7"])(
  "leaves %j alone",
  (text) => expect(readIdCard(text)).toBeNull(),
);
