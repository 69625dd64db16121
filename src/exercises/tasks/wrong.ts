/** A wrong solution for tests: the mistake's id, the check that must find it, and what it replaces in the solution by what. */
export type Wrong = readonly [id: string, check: string, find: string, replace: string];
