/** Where the images come from: the built-in shapes, files, or the local server. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { FileButton } from "../../parts/file-button.tsx";
import { Problem } from "../../parts/problem.tsx";
import type { DataSource } from "../../worker/protocol.ts";
import { dataset, isTraining, message, open, opening, preparing } from "./state.ts";

type Served = Extract<DataSource, { kind: "served" }>;

export function Data() {
  const over = useSignal(false);
  const served = useSignal<readonly Served[]>([]);
  useEffect(() => {
    // Only `chainrule studio --data-dir` has such a list; a static site answers with something else.
    fetch("./data/index.json")
      .then((answer) => (answer.ok ? answer.json() : []))
      .then((list: { name: string; files: { name: string }[] }[]) => {
        if (Array.isArray(list)) served.value = list.map((one) => ({ kind: "served", ...one }));
      })
      .catch(() => {});
  }, []);
  const take = (files: readonly { path: string; file: File }[]): void => {
    if (files.length > 0) open({ kind: "files", files }, files.length === 1 ? files[0]!.path : `${files.length} files`);
  };
  const chosen = (files: readonly File[]): void =>
    take(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
  const info = dataset.value;
  return (
    <section class="stack" aria-label="Images">
      <h2>Images</h2>
      <div
        class={`drop ${over.value ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => {
          over.value = false;
        }}
        onDrop={async (event) => {
          event.preventDefault();
          over.value = false;
          if (isTraining.value) return;
          take(await droppedFiles(event.dataTransfer));
        }}
      >
        {opening.value ? (
          <p role="status">
            Reading {opening.value}… {preparing.value}
          </p>
        ) : info ? (
          <p role="status">
            <b>{info.name}</b>: {info.trainCount.toLocaleString()} training and {info.testCount.toLocaleString()} test
            images of {info.size.channels}×{info.size.height}×{info.size.width}, {info.classNames.length} classes
          </p>
        ) : (
          <p>
            Choose the shapes, or drop images here: folders of images (one a class), a zip of them, a dataset folder,
            MNIST's files, the CIFAR-10 archive.
          </p>
        )}
        {info && info.unreadable.length > 0 && (
          <details class="small">
            <summary>{info.unreadable.length} files left out</summary>
            {info.unreadable.slice(0, 50).join("; ")}
          </details>
        )}
      </div>
      <div class="row">
        <button type="button" disabled={isTraining.value} onClick={() => open({ kind: "shapes" }, "the shapes")}>
          Shapes
        </button>
        {served.value.map((one) => (
          <button key={one.name} type="button" disabled={isTraining.value} onClick={() => open(one, one.name)}>
            {one.name}
          </button>
        ))}
        <FileButton label="Files" takes="several" disabled={isTraining.value} onFiles={chosen}>
          Files…
        </FileButton>
        <FileButton label="Folder" takes="folder" disabled={isTraining.value} onFiles={chosen}>
          Folder…
        </FileButton>
      </div>
      <Problem text={message.value} />
    </section>
  );
}

/** Everything that was dropped, folders opened, by path. */
async function droppedFiles(transfer: DataTransfer | null): Promise<{ path: string; file: File }[]> {
  const files = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file");
  const entries = files.map((item) => item.webkitGetAsEntry() ?? item.getAsFile()); // a file from no disk is no entry
  const found: { path: string; file: File }[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    const path = entry.fullPath.replace(/^\//, "");
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ path, file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (part.length === 0) return;
      for (const inside of part) await walk(inside);
    }
  };
  for (const entry of entries)
    if (entry instanceof File) found.push({ path: entry.name, file: entry });
    else if (entry) await walk(entry);
  return found;
}
