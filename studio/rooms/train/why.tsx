/** One image, and why: score → its largest terms → one hidden unit → the scalar graph with the actual numbers. */
import { signal } from "@preact/signals";
import { Pixels } from "../../parts/pixels.tsx";
import { formatHash } from "../../state/url.ts";
import type { Term, UnitExplanation } from "../../worker/protocol.ts";
import { OwnImage } from "./own-image.tsx";
import { classified, classify, dataset, explain, explained, view } from "./state.ts";

const image = signal<Uint8Array | undefined>(undefined);

/** Classifies an image, and shows it. */
export function ask(pixels: Uint8Array): void {
  image.value = pixels;
  classify(pixels);
  document.getElementById("why")?.scrollIntoView({ block: "nearest" });
}

const show = (value: number): string => value.toPrecision(3).replace("-", "−");

export function Why() {
  const info = dataset.value;
  if (!info || !view.value) return null;
  const found = classified.value;
  const order = found ? [...found.probs.keys()].sort((a, b) => found.probs[b]! - found.probs[a]!) : [];
  return (
    <section id="why" class="stack" aria-label="Why">
      <h2>Classify an image, and see why</h2>
      <OwnImage onImage={ask} />
      {image.value && found && (
        <div class="why">
          <Pixels size={info.size} values={image.value} label="the image" scale={128 / info.size.width} />
          <ul class="scores">
            {order.map((label) => (
              <li key={info.classNames[label]}>
                <button type="button" aria-pressed={explained.value?.label === label} onClick={() => explain(label)}>
                  {info.classNames[label]}
                </button>
                <meter value={found.probs[label]!} max={1} aria-label={`probability of ${info.classNames[label]}`} />
                <span>
                  {(100 * found.probs[label]!).toFixed(1)}% · score {show(found.scores[label]!)}
                </span>
              </li>
            ))}
          </ul>
          <Score />
        </div>
      )}
    </section>
  );
}

function Score() {
  const why = explained.value;
  const info = dataset.value;
  if (!why || !info) return null;
  return (
    <div class="card">
      <h2>
        score of {info.classNames[why.label]} = {show(why.score)}
      </h2>
      <p class="small muted">The sum of hidden unit × weight, the largest terms first. Click one to see the unit.</p>
      <Terms
        terms={why.terms}
        rest={why.rest}
        bias={why.bias}
        name={(unit) => `unit ${unit}`}
        chosen={why.unit?.unit}
        onChoose={(unit) => explain(why.label, unit)}
      />
      {why.unit && <Unit unit={why.unit} />}
    </div>
  );
}

function Unit({ unit }: { unit: UnitExplanation }) {
  return (
    <div class="stack unit">
      <h2>
        unit {unit.unit} = {unit.activation}({show(unit.before)}) = {show(unit.after)}
      </h2>
      {unit.images && (
        <div class="row">
          <Part values={unit.images.weights} label="weights of the unit" caption="weights" />
          <span aria-hidden="true">×</span>
          <Part values={image.value!} label="the image" caption="image" />
          <span aria-hidden="true">=</span>
          <Part values={unit.images.products} label="weights times image" caption="products" />
        </div>
      )}
      <Terms
        terms={unit.terms}
        rest={unit.rest}
        bias={unit.bias}
        name={unit.images ? pixelName : (input) => `input ${input}`}
      />
      <a href={neuronLink(unit)}>Open this neuron as a graph, with these numbers</a>
    </div>
  );
}

function Part({ caption, ...shown }: { values: Uint8Array | Float32Array; label: string; caption: string }) {
  const { size } = dataset.value!;
  return (
    <figure>
      <Pixels size={size} scale={96 / size.width} {...shown} />
      <figcaption class="small">{caption}</figcaption>
    </figure>
  );
}

/** Which number of the image it is, counted from 0. */
function pixelName(input: number): string {
  const { channels, height, width } = dataset.value!.size;
  const channel = Math.floor(input / (height * width));
  const place = `row ${Math.floor(input / width) % height}, column ${input % width}`;
  if (channels === 1) return place;
  return `${channels === 3 ? ["red", "green", "blue"][channel] : `channel ${channel}`}, ${place}`;
}

interface TermsProps {
  readonly terms: readonly Term[];
  readonly rest: number;
  readonly bias: number;
  readonly name: (unit: number) => string;
  readonly chosen?: number | undefined;
  readonly onChoose?: (unit: number) => void;
}

function Terms({ terms, rest, bias, name, chosen, onChoose }: TermsProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">term</th>
          <th scope="col">value</th>
          <th scope="col">× weight</th>
          <th scope="col">=</th>
        </tr>
      </thead>
      <tbody>
        {terms.map(({ unit, value, weight }) => (
          <tr key={unit}>
            <td>
              {onChoose ? (
                <button type="button" aria-pressed={chosen === unit} onClick={() => onChoose(unit)}>
                  {name(unit)}
                </button>
              ) : (
                name(unit)
              )}
            </td>
            <td>{show(value)}</td>
            <td>{show(weight)}</td>
            <td>{show(value * weight)}</td>
          </tr>
        ))}
        <tr>
          <td>all others</td>
          <td />
          <td />
          <td>{show(rest)}</td>
        </tr>
        <tr>
          <td>bias</td>
          <td />
          <td />
          <td>{show(bias)}</td>
        </tr>
      </tbody>
    </table>
  );
}

/** The neuron in the Graph room: its largest terms one by one, the others as one number. */
export function neuronLink({ terms, rest, bias, activation }: UnitExplanation): string {
  const most = terms.slice(0, 5);
  const known = ["relu", "tanh", "sigmoid"].includes(activation);
  const text = [
    ...most.map((_, i) => `a${i + 1} = x${i + 1} * w${i + 1}`),
    `s = ${most.map((_, i) => `a${i + 1}`).join(" + ")} + others + b`,
    ...(known ? [`h = ${activation}(s)`] : []),
  ].join("\n");
  const at = [
    ...most.flatMap(({ value, weight }, i) => [
      `x${i + 1}=${Number(value.toPrecision(4))}`,
      `w${i + 1}=${Number(weight.toPrecision(4))}`,
    ]),
    `others=${Number(rest.toPrecision(4))}`,
    `b=${Number(bias.toPrecision(4))}`,
  ].join(",");
  return formatHash({ room: "graph", params: { text, at } });
}
