/** The places of the navigation, in its order, each with the second key after `g`. A page that is not built is not here. */
import { CircleAlert, Database, GitCompare, Inbox, List, Server } from "lucide-react";

export const PLACES = [
  { to: "/inbox", key: "i", name: "Inbox", icon: Inbox },
  { to: "/runs", key: "r", name: "Runs", icon: List },
  { to: "/errors", key: "e", name: "Errors", icon: CircleAlert },
  { to: "/compare", key: "c", name: "Compare", icon: GitCompare },
  { to: "/datasets", key: "d", name: "Datasets", icon: Database },
  { to: "/system", key: "s", name: "System", icon: Server },
] as const;
