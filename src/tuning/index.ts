/** Search for settings: spaces, methods, and a coordinator that knows neither disks nor processes. */
export { type CoordinatorOptions, coordinate, type Journal } from "./coordinator.ts";
export { defaultSpace } from "./default-space.ts";
export { fewestTrials, type Importance, importances } from "./importance.ts";
export { isBelowMedian } from "./median-rule.ts";
export { isSame, type Range, rangeKinds } from "./ranges.ts";
export {
  bestResult,
  checkSearch,
  type Job,
  type JobEvent,
  jobsInFlight,
  keyOf,
  type Method,
  methods,
  nextJob,
  type ResultEvent,
  readEvents,
  type Search,
  type SearchState,
} from "./search.ts";
export { formatSpace, type Parameter, type Point, parseSpace, type Space } from "./space.ts";
export { checkSpace, pinSettings, searched, settingsAt } from "./space-settings.ts";
export { rungEpochs } from "./successive-halving.ts";
