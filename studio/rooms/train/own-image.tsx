/** An image of one's own: a file, a drawing, or the camera. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { FileButton } from "../../parts/file-button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { toPlanes } from "../../worker/planes.ts";
import { dataset, message } from "./state.ts";

interface Props {
  /** Called with pixels 0…255 in planes, of the size that the model takes. */
  readonly onImage: (pixels: Uint8Array) => void;
}

export function OwnImage({ onImage }: Props) {
  const way = useSignal<"draw" | "camera" | undefined>(undefined);
  const take = async (picture: Blob | HTMLCanvasElement | HTMLVideoElement): Promise<void> => {
    const bitmap = await createImageBitmap(picture).catch(() => undefined);
    if (!bitmap) message.value = "That picture cannot be read; choose a PNG, JPEG, WebP or GIF.";
    else if (dataset.value) {
      message.value = undefined;
      onImage(toPlanes(bitmap, dataset.value.size));
    }
  };
  const choose = (next: "draw" | "camera"): void => {
    way.value = way.value === next ? undefined : next;
  };
  return (
    <div class="stack">
      <div class="row">
        <FileButton label="Your picture" accept="image/*" onFiles={([file]) => void take(file!)}>
          Your picture…
        </FileButton>
        <button type="button" aria-pressed={way.value === "draw"} onClick={() => choose("draw")}>
          Draw
        </button>
        <button type="button" aria-pressed={way.value === "camera"} onClick={() => choose("camera")}>
          Camera
        </button>
        <span class="small muted">or click any image above</span>
      </div>
      {way.value === "draw" && <Drawing onDrawn={take} />}
      {way.value === "camera" && <Camera onShot={take} />}
    </div>
  );
}

function Drawing({ onDrawn }: { onDrawn: (canvas: HTMLCanvasElement) => Promise<void> }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const isDown = useRef(false);
  const clear = (): void => {
    const context = ref.current!.getContext("2d")!;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 160, 160);
  };
  useEffect(clear, []);
  const line = (event: PointerEvent): void => {
    const context = ref.current!.getContext("2d")!;
    context.lineWidth = 12;
    context.lineCap = "round";
    context.strokeStyle = "#000";
    context.lineTo(event.offsetX, event.offsetY);
    context.stroke();
  };
  return (
    <div class="row">
      <canvas
        ref={ref}
        class="sketch"
        width={160}
        height={160}
        role="img"
        aria-label="A place to draw with the pointer"
        onPointerDown={(event) => {
          isDown.current = true;
          ref.current!.setPointerCapture(event.pointerId);
          ref.current!.getContext("2d")!.beginPath();
          line(event);
        }}
        onPointerMove={(event) => {
          if (isDown.current) line(event);
        }}
        onPointerUp={() => {
          isDown.current = false;
          void onDrawn(ref.current!);
        }}
      />
      <button type="button" onClick={clear}>
        Clear
      </button>
    </div>
  );
}

function Camera({ onShot }: { onShot: (video: HTMLVideoElement) => Promise<void> }) {
  const ref = useRef<HTMLVideoElement>(null);
  const problem = useSignal("");
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isGone = false;
    const ask = navigator.mediaDevices?.getUserMedia({ video: { width: 320, height: 240 } });
    if (!ask) problem.value = "This page may not use a camera (only https and localhost may).";
    ask?.then(
      (found) => {
        stream = found;
        if (isGone) for (const track of found.getTracks()) track.stop();
        else if (ref.current) ref.current.srcObject = found;
      },
      (error: Error) => {
        problem.value = `The camera cannot be used: ${error.message}`;
      },
    );
    return () => {
      isGone = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  if (problem.value) return <Problem text={problem.value} />;
  return (
    <div class="row">
      <video ref={ref} class="sketch" autoPlay playsInline muted aria-label="What the camera sees" />
      <button type="button" class="main" onClick={() => void onShot(ref.current!)}>
        Take it
      </button>
    </div>
  );
}
