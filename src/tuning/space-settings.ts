/**
 * Parameters as settings of a run. A parameter is named like its setting; `hiddenDims.length` and `hiddenDims.0`, `hiddenDims.1`, …
 * are the number of hidden layers and their sizes, `augment.shift` and so on the parts of `augment`. What follows a colon only tells
 * two ranges of one setting apart: `learningRate:adamw`.
 */
import { augmentationNames, withoutZeros } from "../data/index.ts";
import { FormatError, SettingError, show } from "../errors.ts";
import { createRng } from "../tensor/index.ts";
import { checkSettings, mergeSettings, presets, type TrainSettings } from "../training/index.ts";
import { drawUniform, isSame, type Range, type Value } from "./ranges.ts";
import { fillPoint, type Parameter, type Point, type Space } from "./space.ts";

const settingNames = Object.keys(presets.tuned);
const augmentations: readonly string[] = augmentationNames;
/** With other validation images or other seeds, trials would not compare. */
const fixed = ["numVal", "seed"];

const pathOf = (name: string): string => name.split(":")[0]!;

/**
 * The settings of a trial: the base, the settings of the space, the point.
 * @throws {SettingError} for settings that do not go together
 */
export function settingsAt(space: Space, base: TrainSettings, point: Point): TrainSettings {
  const common = mergeSettings(base, space.settings as Partial<TrainSettings>);
  const given: Record<string, unknown> = {};
  const [sizes, augment]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [name, value] of Object.entries(point)) {
    const path = pathOf(name);
    const [setting = "", part] = path.split(".");
    const target = part === undefined ? given : setting === "augment" ? augment : sizes;
    const key = part ?? setting;
    const twice = Object.keys(point).find((other) => other !== name && pathOf(other) === path);
    if (twice !== undefined) throw new SettingError(`${name} and ${twice} both have a value`);
    target[key] = value;
  }
  if (Object.keys(sizes).length > 0) given.hiddenDims = hiddenDims(sizes);
  if (Object.keys(augment).length > 0) {
    given.augment = withoutZeros({ ...common.augment, ...(given.augment as object | undefined), ...augment });
  }
  return checkSettings(mergeSettings(common, given as Partial<TrainSettings>));
}

function hiddenDims({ length, ...sizes }: Record<string, unknown>): unknown[] {
  const count = (length as number | undefined) ?? Object.keys(sizes).length;
  return Array.from({ length: count }, (_, i) => {
    if (sizes[i] !== undefined) return sizes[i];
    throw new SettingError(`hiddenDims.${i} has no value where there are ${count} hidden layers`);
  });
}

/**
 * Takes settings out of the search: each becomes a choice of one.
 * @param given - settings that somebody asked for
 */
export function pinSettings(space: Space, given: Partial<TrainSettings>): Space {
  const { augment, hiddenDims, ...others } = given;
  const pins = new Map<string, Value>(Object.entries(others));
  for (const name of augment ? augmentations : []) pins.set(`augment.${name}`, augment?.[name as "shift"] ?? 0);
  if (hiddenDims) {
    pins.set("hiddenDims", hiddenDims).set("hiddenDims.length", hiddenDims.length);
    for (const [i, size] of hiddenDims.entries()) pins.set(`hiddenDims.${i}`, size);
  }
  const parameters = space.parameters.flatMap(({ name, range, when }): Parameter[] => {
    const path = pathOf(name);
    if (pins.has(path)) return [{ name, range: { kind: "choice", values: [pins.get(path)] }, when }];
    return hiddenDims && path.startsWith("hiddenDims.") ? [] : [{ name, range, when }];
  });
  const names = new Set(parameters.map(({ name }) => name));
  const kept = parameters.map(({ when, ...rest }) => ({
    ...rest,
    when: when.filter(({ parameter }) => names.has(parameter)),
  }));
  return { settings: { ...space.settings, ...given }, parameters: kept };
}

/**
 * Refuses a space whose parameters are no settings, or whose values are none that a run takes: tries both ends of every range, every
 * choice, and 200 points in between.
 *
 * @param who - starts messages: the file
 * @throws {FormatError} naming the parameter, or the values that do not go together
 */
export function checkSpace(space: Space, base: TrainSettings, who: string): Space {
  for (const { name } of space.parameters) checkParameterName(name, who);
  const rng = createRng(0);
  for (let i = 0; i < 200; i++) tryPoint(space, base, who, (parameter) => drawUniform(parameter.range, rng));
  for (const extreme of space.parameters)
    for (const value of extremes(extreme.range))
      for (let i = 0; i < 20; i++)
        tryPoint(space, base, who, (parameter) => (parameter === extreme ? value : drawUniform(parameter.range, rng)));
  return space;
}

function tryPoint(space: Space, base: TrainSettings, who: string, draw: (parameter: Parameter) => Value): void {
  const point = fillPoint(space, draw);
  try {
    settingsAt(space, base, point);
  } catch (error) {
    if (!(error instanceof SettingError || error instanceof TypeError)) throw error;
    const message = error.message.replace(/^train: /, "");
    const named = Object.entries(point).filter(([name]) => message.includes(pathOf(name).split(".")[0]!));
    const values = named.map(([name, value]) => `${name} = ${show(value)}`).join(", ");
    throw new FormatError(`${who}: ${message}${values && ` (a trial would have ${values})`}`);
  }
}

const extremes = (range: Range): readonly Value[] => (range.kind === "choice" ? range.values : [range.low, range.high]);

function checkParameterName(name: string, who: string): void {
  const [setting = "", part, ...rest] = pathOf(name).split(".");
  const isPart =
    (setting === "hiddenDims" && /^(length|\d{1,2})$/.test(part ?? "")) || augmentations.includes(part ?? "");
  const isWhole = part === undefined && settingNames.includes(setting);
  const hasParts = setting === "hiddenDims" || setting === "augment";
  if (fixed.includes(setting))
    throw new FormatError(`${who}: ${setting} cannot be searched, it must be the same for all trials`);
  if (isWhole || (hasParts && isPart && rest.length === 0 && (setting === "augment") === augmentations.includes(part!)))
    return;
  const parts = setting === "augment" ? augmentations : ["length", "0", "1", "…"];
  const known = hasParts ? parts.map((one) => `${setting}.${one}`) : settingNames.filter((one) => !fixed.includes(one));
  throw new FormatError(`${who}: unknown setting ${show(name)}; expected one of ${known.join(", ")}`);
}

/** Parameters that are left to search: those with more than one value. */
export function searched({ parameters }: Space): Parameter[] {
  return parameters.filter(
    ({ range }) => range.kind !== "choice" || !range.values.every((one) => isSame(one, range.values[0])),
  );
}
