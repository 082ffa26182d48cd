/** The mark: a stalk with its roots, in ink. */
export function Brand({ where }: { readonly where?: string }) {
  return (
    <div className="brand">
      <svg
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinecap="round"
        aria-hidden="true"
      >
        <path d="M10 1.6v8.2M10 9.8c0 3.4-4.6 3.2-6.2 8M10 9.8c0 3.4 4.6 3.2 6.2 8M10 9.8V18" />
        <path d="M10 5.4c1.6-.2 2.9-1.1 3.5-2.6" />
      </svg>
      Holdfast
      {where === undefined ? null : <span className="where">{where}</span>}
    </div>
  );
}
