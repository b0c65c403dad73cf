/** Hands the browser a text to save under this name. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // the browser has begun to read it by then
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
