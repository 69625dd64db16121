/** The Layers room: every layer, activation, loss and optimizer with its formula, its source, and numbers to try it on. */
import { setKernels } from "../../../src/kernels/index.ts";
import { optimizerNames } from "../../../src/optim/index.ts";
import { place } from "../../state/url.ts";
import { Code } from "./code.tsx";
import { Descent } from "./descent.tsx";
import { Example } from "./example.tsx";
import formulas from "./formulas.tex";
import { optimizerTexts } from "./optimizer-texts.ts";
import { parts } from "./parts.ts";
import { params } from "./state.ts";
import "./room.css";

setKernels("loops"); // the definition; and no threads for a handful of numbers

const groups = ["Layers", "Activations", "Losses", "Optimizers"] as const;

function entries(group: (typeof groups)[number]): readonly (readonly [key: string, title: string])[] {
  if (group === "Optimizers") return optimizerNames().map((name) => [name, optimizerTexts[name]?.title ?? name]);
  return Object.entries(parts)
    .filter(([, part]) => part.group === group)
    .map(([key, { title }]) => [key, title]);
}

export default function Room() {
  const chosen = params.get("part");
  return (
    <div class="layers-room">
      <Menu chosen={chosen} />
      <Chosen key={chosen} name={chosen} />
    </div>
  );
}

function Menu({ chosen }: { chosen: string }) {
  return (
    <>
      <nav class="parts" aria-label="Layers, losses and optimizers">
        {groups.map((group) => (
          <section key={group}>
            <h2 class="small muted">{group}</h2>
            <ul>
              {entries(group).map(([key, title]) => (
                <li key={key}>
                  <a href={`#/${place.value.room}?part=${key}`} aria-current={key === chosen ? "page" : undefined}>
                    {title}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      <label class="choose">
        <span class="hidden">Layer, loss or optimizer</span>
        <select
          value={chosen}
          onChange={({ currentTarget }) => {
            location.hash = `#/layers?part=${currentTarget.value}`;
          }}
        >
          {groups.map((group) => (
            <optgroup key={group} label={group}>
              {entries(group).map(([key, title]) => (
                <option key={key} value={key}>
                  {title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
    </>
  );
}

function Chosen({ name }: { name: string }) {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part)
    return (
      <>
        <section class="stage" aria-label={part.title}>
          <header class="stack">
            <h2 class="title">{part.title}</h2>
            <p class="about">{part.about}</p>
          </header>
          <Formulas names={[`${name} forward`, `${name} backward`]} />
          <Example name={name} part={part} />
        </section>
        <Code sources={part.sources} />
      </>
    );
  const text = Object.hasOwn(optimizerTexts, name) ? optimizerTexts[name] : undefined;
  if (text && optimizerNames().includes(name))
    return (
      <>
        <section class="stage" aria-label={text.title}>
          <header class="stack">
            <h2 class="title">{text.title}</h2>
            <p class="about">{text.about}</p>
          </header>
          <Formulas names={[name]} />
          <Descent name={name} text={text} />
        </section>
        <Code sources={text.sources} />
      </>
    );
  return (
    <p class="empty" role="alert">
      There is no layer, loss or optimizer “{name.slice(0, 40)}”.{" "}
      <a href="#/layers">Start with the fully connected one</a>
    </p>
  );
}

/** MathML that the build made of our own TeX. */
function Formulas({ names }: { names: readonly string[] }) {
  return (
    <div class="formulas card">
      {names.map((name) => {
        const __html = formulas[name] ?? "";
        return __html && <div key={name} class="formula" dangerouslySetInnerHTML={{ __html }} />;
      })}
    </div>
  );
}
