import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);
console.warn = console.log = console.info = () => {}; // stdout is for results
/** TensorFlow.js on its WebAssembly backend. */
export const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();
