/** What the URL holds of the room: the part, and every number that is not the part's own. */
import { type RoomParams, roomParams } from "../../state/url.ts";
import { formatRows, type Input, type Numbers, type Part, parseRows, type Setting, toTensor } from "./parts.ts";

export const params: RoomParams = roomParams("layers", { part: "fc" });

/** The rows of an input as the URL has them, else the part's own. */
export function readRows(name: string, input: Input): readonly (readonly number[])[] {
  return parseRows(params.get(name), input) ?? input.rows;
}

export function setRows(name: string, input: Input, rows: readonly (readonly number[])[]): void {
  const text = formatRows(rows);
  params.set({ [name]: text === formatRows(input.rows) ? undefined : text });
}

export function readSetting(name: string, { value, min, max }: Setting): number {
  const text = params.get(name);
  const read = text.trim() === "" ? Number.NaN : Number(text);
  return read >= min && read <= max ? read : value;
}

export function setSetting(name: string, setting: Setting, value: number): void {
  if (value >= setting.min && value <= setting.max)
    params.set({ [name]: value === setting.value ? undefined : String(value) });
}

/** Everything that a part computes with. */
export interface Situation {
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly settings: Readonly<Record<string, number>>;
}

export function situation(part: Part): Situation {
  return {
    inputs: mapEntries(part.inputs, (input, name) => toTensor(input, readRows(name, input))),
    settings: mapEntries(part.settings, (setting, name) => readSetting(name, setting)),
  };
}

function mapEntries<T, U>(of: Readonly<Record<string, T>>, to: (value: T, name: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value, name)]));
}
