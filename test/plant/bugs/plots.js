export default [
  ["smooth.ts", "Math.floor((window - 1) / 2)", "Math.floor(window / 2)"],
  ["scale.ts", "largest * 0.05", "0"],
  ["confusion-plot.ts", "row[label]!, 0)", "row[0]!, 0)"],
  ["confusion-plot.ts", "left + prediction * cell, top + label * cell", "left + label * cell, top + prediction * cell"],
];
