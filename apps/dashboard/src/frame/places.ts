/** The places of the navigation, in its order, each with the second key after `g`. A page that is not built is not here. */
import { List } from "lucide-react";

export const PLACES = [{ to: "/runs", key: "r", name: "Runs", icon: List }] as const;
