import { Fragment } from "react";
import { pieces } from "./year";

/** What something rests on; addresses in it can be followed. */
export function SourceText({ text }: { text: string }) {
  return (
    <span>
      {pieces(text).map(({ text: said, host }, i) =>
        host ? (
          <a key={i} href={said} target="_blank" rel="noreferrer">
            {host}
          </a>
        ) : (
          <Fragment key={i}>{said}</Fragment>
        ),
      )}
    </span>
  );
}
