/** The page: a bar with the rooms, and the room that the URL names. */
import { signal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import "./style.css";
import { workOffline } from "./state/offline.ts";
import { switchTheme, theme } from "./state/theme.ts";
import { place } from "./state/url.ts";

const rooms: Readonly<Record<string, readonly [title: string, load: () => Promise<{ default: ComponentType }>]>> = {
  graph: ["Graph", () => import("./rooms/graph/index.tsx")],
  train: ["Train", () => import("./rooms/train/index.tsx")],
  fit: ["Fit", () => import("./rooms/fit/index.tsx")],
  layers: ["Layers", () => import("./rooms/layers/index.tsx")],
};

type Loaded = { readonly name: string; readonly Room?: ComponentType; readonly error?: string };
const loaded = signal<Loaded>({ name: "" });

async function load(name: string): Promise<void> {
  const room = rooms[name];
  if (!room) {
    loaded.value = { name, error: `There is no room “${name}”.` };
    return;
  }
  try {
    const { default: Room } = await room[1]();
    if (place.value.room === name) loaded.value = { name, Room };
  } catch (error) {
    loaded.value = { name, error: `The room could not be loaded (${error instanceof Error ? error.message : error}).` };
  }
}

function Page() {
  const { room } = place.value;
  useEffect(() => {
    document.title = `${rooms[room]?.[0] ?? "Not found"} · Chainrule studio`;
    void load(room);
  }, [room]);
  const { name, Room, error } = loaded.value;
  return (
    <>
      <header class="bar">
        <a class="brand" href="#/graph" aria-label="Chainrule">
          <img src="./icon.svg" alt="" width="24" height="24" />
          <span>Chainrule</span>
        </a>
        <nav aria-label="Rooms">
          {Object.entries(rooms).map(([key, [title]]) => (
            <a key={key} href={`#/${key}`} aria-current={key === room ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <button type="button" class="quiet" onClick={switchTheme}>
          {theme() === "dark" ? "Light" : "Dark"}
        </button>
      </header>
      <main id="room">
        <h1 class="hidden">{rooms[room]?.[0] ?? "Not found"}</h1>
        {name === room && Room && <Room />}
        {name === room && error && (
          <p class="empty" role="alert">
            {error} <a href="#/graph">Go to the Graph room</a>
          </p>
        )}
        {name !== room && <p class="empty">Loading…</p>}
      </main>
    </>
  );
}

// A file that misses its place must not replace the page, and all that it has computed.
for (const type of ["dragover", "drop"] as const)
  addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });

render(<Page />, document.getElementById("page")!);
workOffline();
