/** A file of this machine as the value of a field: sent to the server, and named by its id from then on. */
import { Upload } from "lucide-react";
import { useRef, useState } from "react";
import { ask } from "../api/client.js";
import { bytes } from "../words/numbers.js";
import type { JsonSchema } from "./schema-fields.js";

interface Sent {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}

/** Fields that name files of the server take an upload as well, one or several. */
export const takesFiles = ({ format, items }: JsonSchema): "none" | "one" | "several" =>
  format === "path" ? "one" : items?.format === "path" ? "several" : "none";

interface UploadButtonProps {
  readonly label: string;
  readonly isSeveral: boolean;
  /** `upload:<id>` of each file, in the order in which they were chosen. */
  readonly onSent: (values: readonly string[]) => void;
  readonly onProblem: (words: string) => void;
}

export function UploadButton({ label, isSeveral, onSent, onProblem }: UploadButtonProps) {
  const chooser = useRef<HTMLInputElement>(null);
  const [state, setState] = useState("");
  const send = async (files: readonly File[]) => {
    const sent: Sent[] = [];
    try {
      for (const file of files) {
        setState(`Sending ${file.name}…`);
        sent.push(
          await ask<Sent>("api/uploads", {
            method: "POST",
            file,
            headers: { "x-filename": encodeURIComponent(file.name) },
          }),
        );
      }
      setState(sent.map(({ name, bytes: size }) => `${name}, ${bytes(size)}`).join("; "));
      onSent(sent.map(({ id }) => `upload:${id}`));
    } catch (error) {
      setState("");
      onProblem((error as Error).message);
    }
  };
  return (
    <span className="upload">
      <button type="button" className="btn sm" onClick={() => chooser.current?.click()}>
        <Upload className="i s" aria-hidden="true" />
        {isSeveral ? "Send files…" : "Send a file…"}
      </button>
      <input
        ref={chooser}
        type="file"
        hidden
        multiple={isSeveral}
        aria-label={`${label}: ${isSeveral ? "files" : "a file"} of this machine`}
        onChange={({ target }) => {
          void send([...(target.files ?? [])]);
          // The same file again is a choice too.
          target.value = "";
        }}
      />
      <span className="dim small" role="status">
        {state}
      </span>
    </span>
  );
}
