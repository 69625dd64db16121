export default [
  ["initialization.ts", "Math.sqrt(2 / (inputs + outputs))", "Math.sqrt(2 / inputs)"],
  ["serialize.ts", "return { ...model.parameters(), ...model.buffers() };", "return { ...model.parameters() };"],
  ["multi-layer-net.ts", 'norm !== "batch"', "true"],
];
