/** Scales a picture to the size that the model was trained on, hands its bytes to the model, and lists the likeliest classes. */
import { InferenceSession, Tensor } from "./ort/ort.wasm.min.mjs";

const element = (id) => document.getElementById(id);
const session = await InferenceSession.create("./model.onnx");

/** Class names and image size travel in the model's metadata; without a reader for it, its input tells the size. */
const { shape = [] } = session.inputMetadata[0];
const [, channels, height, width] = shape;
const names = await fetch("./classes.json").then((answer) => (answer.ok ? answer.json() : []));

element("message").textContent = `Ready for pictures, which become ${width}×${height} pixels.`;
element("file").addEventListener("change", async ({ target }) => {
  try {
    await classify(await createImageBitmap(target.files[0]));
  } catch (error) {
    element("message").textContent = `This picture cannot be read: ${error.message}`;
  }
});

async function classify(picture) {
  const canvas = Object.assign(element("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height); // red, green, blue, opacity, pixel after pixel
  const planes = new Uint8Array(channels * height * width); // all red, then all green, then all blue
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height * width; i++) planes[c * height * width + i] = data[4 * i + c];
  const results = await session.run({ input: new Tensor("uint8", planes, [1, channels, height, width]) });
  const probabilities = [...results[session.outputNames[0]].data];
  const best = probabilities.map((p, c) => [p, names[c] ?? `class ${c}`]).sort(([a], [b]) => b - a);
  element("classes").replaceChildren(
    ...best.slice(0, 3).map(([p, name]) => {
      const row = document.createElement("tr");
      for (const text of [name, `${(100 * p).toFixed(1)}%`]) row.insertCell().textContent = text;
      return row;
    }),
  );
  element("message").textContent = "";
}
