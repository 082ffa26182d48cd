/** Rows that stand for what is read, once, at the first paint; they come after 150 ms (in the style), so that quick answers never flash. */
const ROWS = 12;

export function Skeleton({ columns }: { readonly columns: number }) {
  return Array.from({ length: ROWS }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
    <tr className="skel" key={row}>
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <td key={column}>
          {column === 0 || column > 5 ? null : <i style={{ width: `${45 + ((row * 37 + column * 53) % 50)}%` }} />}
        </td>
      ))}
    </tr>
  ));
}
