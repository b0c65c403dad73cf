/** How long something took, in the two largest units that fit. Pure. */
import type { Language } from "../state/view";

const WORDS = {
  vi: { day: "ngày", hour: "giờ", minute: "phút" },
  en: { day: "d", hour: "h", minute: "min" },
};

/** 3 ngày 4 giờ · 2 giờ 5 phút · 7 phút */
export function duration(minutes: number, lang: Language): string {
  const whole = Math.max(0, Math.floor(minutes));
  const parts: [number, keyof (typeof WORDS)["vi"]][] = [
    [Math.floor(whole / 1440), "day"],
    [Math.floor((whole % 1440) / 60), "hour"],
    [whole % 60, "minute"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  const said = first < 0 ? parts.slice(2) : parts.slice(first, first + 2);
  return said
    .filter(([n], index) => index === 0 || n > 0)
    .map(([n, unit]) => `${n} ${WORDS[lang][unit]}`)
    .join(" ");
}
