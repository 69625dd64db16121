/** Rows of numbers, each with its gradient below it in red, as values have in a graph. */
import { NumberField } from "../../parts/number-field.tsx";
import type { Row } from "./check.ts";

type Rows = readonly (readonly number[])[];

interface Props {
  readonly name: string;
  readonly rows: Rows;
  readonly onChange?: (rows: Rows) => void;
  /** Whole numbers from 0 up to this one. */
  readonly most?: number | undefined;
  /** One per number, in reading order. */
  readonly grads?: readonly number[] | undefined;
  /** Gradients from above, to edit. */
  readonly above?: Rows;
  readonly onChangeAbove?: (rows: Rows) => void;
  /** What the check has found so far. */
  readonly checked?: readonly Row[];
}

export function Matrix({ name, rows, onChange, most, grads, above, onChangeAbove, checked = [] }: Props) {
  const columns = rows[0]?.length ?? 0;
  return (
    <figure class="matrix">
      <figcaption class="mono">
        {name} <span class="muted">{rows.length === 1 ? columns : `${rows.length} × ${columns}`}</span>
      </figcaption>
      <table>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((value, j) => {
                const at = i * columns + j;
                const grad = grads?.[at];
                const found = checked[at];
                return (
                  <td key={j}>
                    {onChange ? (
                      <NumberField
                        label={`${name}, row ${i + 1}, column ${j + 1}`}
                        value={value}
                        {...(most === undefined ? {} : { min: 0, max: most, step: 1 })}
                        onValue={(next) => onChange(replaced(rows, i, j, next))}
                      />
                    ) : (
                      <output>{shorten(value)}</output>
                    )}
                    {grad !== undefined && <span class="grad">{shorten(grad)}</span>}
                    {above && onChangeAbove && (
                      <NumberField
                        label={`Gradient of ${name}, row ${i + 1}, column ${j + 1}`}
                        value={above[i]![j]!}
                        class="grad"
                        onValue={(next) => onChangeAbove(replaced(above, i, j, next))}
                      />
                    )}
                    {found && (
                      <span class={found.agrees ? "found small" : "found small differs"}>
                        {found.agrees ? "✓" : "≠"} {shorten(found.numeric)}
                      </span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function replaced(rows: Rows, i: number, j: number, value: number): Rows {
  return rows.map((row, r) => (r === i ? row.map((old, c) => (c === j ? value : old)) : row));
}

/** Four digits, as many as there is room for. */
export function shorten(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value === 0 ? 0 : value).replace("-", "−");
  const text =
    Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
  return text.replaceAll("-", "−");
}
