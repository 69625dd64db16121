/** The version in package.json, put in by the bundler and the test runner. */
declare const __VERSION__: string;
