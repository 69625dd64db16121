/** Products by TensorFlow.js on its WebAssembly backend, one thread; see tfjs.js. */

import { serveGemm } from "./serve.js";
import { tf } from "./tfjs-backend.js";

await serveGemm({ peer: "TF.js wasm" }, ({ m, n, k, transposeA, transposeB }) => {
  const a = tf.randomUniform(transposeA ? [k, m] : [m, k]);
  const b = tf.randomUniform(transposeB ? [n, k] : [k, n]);
  return () => tf.tidy(() => void tf.matMul(transposeA ? a.transpose() : a, transposeB ? b.transpose() : b));
});
