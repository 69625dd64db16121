/** A button that asks for files. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Props {
  readonly children: ComponentChildren;
  /** Of the input behind the button. */
  readonly label: string;
  /** Called with at least one. */
  readonly onFiles: (files: readonly File[]) => void;
  readonly accept?: string;
  /** Several files, or everything in a folder; default one file. */
  readonly takes?: "one" | "several" | "folder";
  readonly disabled?: boolean;
}

export function FileButton({ children, label, onFiles, accept = "", takes = "one", disabled = false }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" disabled={disabled} onClick={() => input.current!.click()}>
        {children}
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        multiple={takes !== "one"}
        hidden
        aria-label={label}
        {...(takes === "folder" && { webkitdirectory: true })}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = ""; // the same file may be chosen again
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
