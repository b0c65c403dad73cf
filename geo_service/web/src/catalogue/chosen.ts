/** The step or action that is open beside the picture: a place in the list of the definition. */
export interface Chosen {
  part: "steps" | "actions";
  index: number;
}
