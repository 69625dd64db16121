/** What went wrong, in a line; nothing where nothing did. */
export function Problem({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p class="error" role="alert">
      {text}
    </p>
  );
}
