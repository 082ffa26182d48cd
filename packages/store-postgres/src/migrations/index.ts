/** The steps from an empty schema to today's, in order. A step that was released is never changed. */
import { TABLES_SQL } from "./0001-tables.js";
import { CAUSES_SQL } from "./0002-causes.js";
import { MODELS_SQL } from "./0003-models.js";
import { BATCHES_SQL } from "./0004-batches.js";
import { PRESENCE_SQL } from "./0005-presence.js";
import { WAITS_SQL } from "./0006-waits.js";
import { SIGNALS_SQL } from "./0007-signals.js";
import { STARTING_LATER_SQL } from "./0008-starting-later.js";
import { SCHEDULES_SQL } from "./0009-schedules.js";
import { CHILDREN_SQL } from "./0010-children.js";

export const MIGRATIONS: readonly string[] = [
  TABLES_SQL,
  CAUSES_SQL,
  MODELS_SQL,
  BATCHES_SQL,
  PRESENCE_SQL,
  WAITS_SQL,
  SIGNALS_SQL,
  STARTING_LATER_SQL,
  SCHEDULES_SQL,
  CHILDREN_SQL,
];
