/** The beginning of a file, or the whole, as text. */
import { useQuery } from "@tanstack/react-query";
import { ApiProblem } from "../api/client.js";

interface Wanted {
  readonly href: string;
  readonly sizeBytes: number;
  readonly bytesMax: number;
}

export function useFileText({ href, sizeBytes, bytesMax }: Wanted) {
  return useQuery({
    queryKey: ["file", href, bytesMax],
    queryFn: async ({ signal }) => {
      const range = sizeBytes > bytesMax ? { range: `bytes=0-${bytesMax - 1}` } : {};
      const answer = await fetch(href, { signal, headers: range });
      if (!answer.ok) throw await problemOf(answer);
      // As a stream: a letter that is cut in two at the end is left out.
      return new TextDecoder().decode(await answer.arrayBuffer(), { stream: true });
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Megabytes of text are not kept for pages that nobody looks at.
    gcTime: 30_000,
    retry: false,
  });
}

async function problemOf(answer: Response): Promise<Error> {
  try {
    return new ApiProblem(answer.status, await answer.json());
  } catch {
    return new Error(`The server answered ${answer.status}.`);
  }
}
