export default function Room() {
  return <p class="empty">This room is still being built.</p>;
}
