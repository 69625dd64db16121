import { checkInteger } from "../errors.ts";

/**
 * A number to read: `digits` significant digits (more for whole numbers below a million), an exponent for the very
 * large and the very small, the word "none" as it is.
 * @param digits - 1 … 17; 17 shows every bit
 */
export function formatNumber(value: number | "none", digits = 3): string {
  checkInteger("formatNumber", "digits", digits, 1, 17);
  if (value === "none" || !Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return String(Number(value.toPrecision(digits)).toExponential()).replace("e+", "e");
  const whole = Math.floor(Math.log10(size)) + 1;
  return String(Number(value.toPrecision(Math.min(17, Math.max(digits, whole)))));
}
