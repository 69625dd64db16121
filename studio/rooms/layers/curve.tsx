/** An activation and its slope over −4 … 4, with the numbers of the example on it. */
import { activationPair } from "../../../src/layers/activations.ts";
import { tensor } from "../../../src/tensor/index.ts";

const [reach, low, high] = [4, -1.5, 4];
const [width, height] = [640, 360];
const left = (x: number): number => ((x + reach) / (2 * reach)) * width;
const top = (y: number): number => ((high - y) / (high - low)) * height;

/** The function and its slope at these points. */
function curves(name: string, xs: readonly number[]): { out: ArrayLike<number>; slope: ArrayLike<number> } {
  const { forward, backward } = activationPair(name);
  const x = tensor([...xs], { dtype: "float64" });
  const [out, cache] = forward(x);
  return {
    out: out.data,
    slope: backward(
      tensor(
        xs.map(() => 1),
        { dtype: "float64" },
      ),
      cache,
    ).data,
  };
}

function line(xs: readonly number[], ys: ArrayLike<number>): string {
  return `M${xs.map((x, i) => `${left(x).toFixed(1)},${top(ys[i]!).toFixed(1)}`).join("L")}`;
}

const grid = Array.from({ length: 321 }, (_, i) => -reach + i / 40);

export function Curve({ name, xs }: { name: string; xs: readonly number[] }) {
  const { out, slope } = curves(name, grid);
  const here = xs.filter((x) => Math.abs(x) <= reach);
  const at = curves(name, here);
  return (
    <figure class="curve">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${name} in black and its slope in red, from −4 to 4`}
      >
        <path class="axis" d={`M0,${top(0)}H${width}M${left(0)},0V${height}`} />
        {[-4, -2, 2].map((x) => (
          <text key={x} x={left(x) + 4} y={top(0) + 16}>
            {String(x).replace("-", "−")}
          </text>
        ))}
        {[1, 2, 3].map((y) => (
          <text key={y} x={left(0) + 6} y={top(y) + 4}>
            {y}
          </text>
        ))}
        <path class="slope" d={line(grid, slope)} />
        <path class="value" d={line(grid, out)} />
        {here.map((x, i) => (
          <g key={i}>
            <circle class="slope" cx={left(x)} cy={top(at.slope[i]!)} r={4} />
            <circle class="value" cx={left(x)} cy={top(at.out[i]!)} r={5} />
          </g>
        ))}
      </svg>
      <figcaption class="small muted">
        <span class="ink">out</span> and <span class="grad">its slope</span> over x; the dots are your numbers.
      </figcaption>
    </figure>
  );
}
