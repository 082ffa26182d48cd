/** Tags of a run, each the way to all runs that have it. */
import { wordOfTerm } from "@holdfast/client";
import { Link } from "@tanstack/react-router";

export function Tags({ tags }: { readonly tags: readonly string[] }) {
  return tags.map((tag) => (
    <Link
      key={tag}
      className="tag"
      to="/runs"
      search={{ q: wordOfTerm({ key: "tag", value: tag, isExcluded: false }) }}
    >
      {tag}
    </Link>
  ));
}
