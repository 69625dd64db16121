/** Formulas as MathML by name, made when the page is built; see `vite.config.ts`. */
declare module "*.tex" {
  const formulas: Readonly<Record<string, string>>;
  export default formulas;
}
