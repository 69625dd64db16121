export default [
  ["numeric.ts", "/ (12 * h)", "/ (10 * h)"],
  ["numeric.ts", "x.data[i] = before;\n", "\n"],
  ["compare.ts", "if (difference > maxAbsolute)", "if (difference < maxAbsolute)"],
  ["gradcheck.ts", "tolerance = 1e-9", "tolerance = 1e-7", "src/gradcheck test/gradcheck"],
];
