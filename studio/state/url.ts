/** The URL is the document: `#/graph?text=…&x=2` holds the room and all that it shows. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";

type Params = Readonly<Record<string, string>>;

export interface Place {
  readonly room: string;
  readonly params: Params;
}

/** Everything after `#`, as a room and its parameters; the first room is the Graph room. */
export function parseHash(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { room: path || "graph", params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The hash of a place; a link to it shows the same. */
export function formatHash({ room, params }: Place): string {
  const query = new URLSearchParams(params).toString();
  return `#/${room}${query && `?${query}`}`;
}

const current = signal(parseHash(location.hash));
addEventListener("hashchange", () => {
  current.value = parseHash(location.hash);
});

export const place: ReadonlySignal<Place> = current;

/** Changes the room's parameters without a new entry in the browser's history. */
function replace(next: Place): void {
  history.replaceState(null, "", formatHash(next));
  current.value = next;
}

export interface RoomParams {
  readonly all: ReadonlySignal<Params>;
  get(name: string): string;
  /** The same, without subscribing. */
  peek(name: string): string;
  /** Parameters that have their default are left out of the URL; undefined removes one. */
  set(changes: Readonly<Record<string, string | undefined>>): void;
}

/** What the URL says for one room, over its defaults. */
export function roomParams(room: string, defaults: Params): RoomParams {
  const own = computed(() => (place.value.room === room ? place.value.params : {}));
  const all = computed(() => ({ ...defaults, ...own.value }));
  return {
    all,
    get: (name) => all.value[name] ?? "",
    peek: (name) => all.peek()[name] ?? "",
    set(changes) {
      if (place.peek().room !== room) return; // the person has gone elsewhere
      const params: Record<string, string> = { ...own.peek() };
      for (const [name, value] of Object.entries(changes))
        if (value === undefined || value === defaults[name]) delete params[name];
        else params[name] = value;
      replace({ room, params });
    },
  };
}
