/** What a scanner types from the square code of a citizen identity card (CCCD, căn cước). Pure. */
export interface IdCard {
  number: string;
  name: string;
  address: string;
}

/** `number|old number|name|birth DDMMYYYY|sex|address|issued`; null for anything else. */
export function readIdCard(text: string): IdCard | null {
  const parts = text
    .trim()
    .split("|")
    .map((part) => part.trim());
  const [number, old, name, birth, , address] = parts;
  if (parts.length < 6 || !number || !name) return null;
  if (!/^\d{12}$/.test(number) || !/^\d{0,9}$/.test(old ?? "") || !/^\d{8}$/.test(birth ?? "")) return null;
  return { number, name: name.normalize("NFC"), address: (address ?? "").normalize("NFC") };
}
