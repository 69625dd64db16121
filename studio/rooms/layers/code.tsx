/** The part's source as it is in the library. */
import { useEffect, useState } from "preact/hooks";
import type { Source } from "./parts.ts";
import { loadSource } from "./source.ts";

export function Code({ sources }: { sources: readonly Source[] }) {
  const [chosen, choose] = useState(0);
  const [text, setText] = useState("");
  const source = sources[chosen];
  useEffect(() => {
    let isCurrent = true;
    if (source)
      loadSource(source).then(
        (loaded) => isCurrent && setText(loaded),
        (error: unknown) => isCurrent && setText(`// ${error instanceof Error ? error.message : error}`),
      );
    return () => {
      isCurrent = false;
    };
  }, [source]);
  if (!source) return null;
  return (
    <aside class="source stack" aria-label="Source">
      <div class="row" role="group" aria-label="File">
        {sources.map(({ file }, i) => (
          <button key={file} type="button" class="mono" aria-pressed={i === chosen} onClick={() => choose(i)}>
            {file}
          </button>
        ))}
      </div>
      <pre tabIndex={0} role="region" aria-label={`Source of ${source.file}`}>
        {text.split(/(\/\*\*[\s\S]*?\*\/|\/\/[^\n]*)/).map((piece, i) =>
          i % 2 === 1 ? (
            <span key={i} class="muted">
              {piece}
            </span>
          ) : (
            piece
          ),
        )}
      </pre>
    </aside>
  );
}
