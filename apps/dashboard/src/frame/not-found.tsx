/** An address that this page does not have. */
import { Link } from "@tanstack/react-router";

export function NotFound() {
  return (
    <div className="void">
      <h1>There is nothing at this address</h1>
      <p>
        <Link className="link" to="/runs" search={{}}>
          All runs
        </Link>
      </p>
    </div>
  );
}
