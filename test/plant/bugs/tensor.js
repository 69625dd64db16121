export default [
  ["npy.ts", 'type[0] !== ">"', "true"],
  ["npy.ts", 'order === "True" ? fortranToC(values, shape) : values', "values"],
  ["rng.ts", "-2 * Math.log(1 - this.uniform())", "-Math.log(1 - this.uniform())"],
  ["rng.ts", "this.integer(0, i)", "this.integer(0, n - 1)"],
  ["rng.ts", "if (stream !== 0) counter", "if (stream < 0) counter"],
];
