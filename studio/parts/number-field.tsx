/** A field for a number. While it is being typed the text stays as it is: "0." is not yet 0.5, and must not become 0. */
import { useState } from "preact/hooks";

interface Props {
  readonly value: number;
  /** Called with numbers in range only. */
  readonly onValue: (value: number) => void;
  readonly id?: string;
  readonly label?: string;
  readonly class?: string;
  readonly min?: number;
  readonly max?: number;
  /** 1 for whole numbers. */
  readonly step?: number | undefined;
}

export function NumberField({ value, onValue, id, label, min, max, step, class: className }: Props) {
  const [typed, setTyped] = useState<string>();
  const isRight = (v: number): boolean =>
    Number.isFinite(v) && v >= (min ?? -Infinity) && v <= (max ?? Infinity) && (step !== 1 || Number.isInteger(v));
  return (
    <input
      type="number"
      class={className ?? ""}
      {...(id === undefined ? {} : { id })}
      {...(label === undefined ? {} : { "aria-label": label })}
      {...(min === undefined ? {} : { min })}
      {...(max === undefined ? {} : { max })}
      step={step ?? "any"}
      value={typed ?? value}
      aria-invalid={typed !== undefined && !isRight(Number.parseFloat(typed))}
      onInput={({ currentTarget: { value: text, valueAsNumber } }) => {
        setTyped(text);
        if (isRight(valueAsNumber)) onValue(valueAsNumber);
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
