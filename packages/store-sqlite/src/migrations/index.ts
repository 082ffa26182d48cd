/**
 * The numbered steps from an empty file to today's schema. The file's `user_version` is the number of the last step
 * applied. Steps are never edited once released; a change is a new step at the end.
 */
import { RUNS_SQL } from "./0001-runs.js";
import { ITEMS_SQL } from "./0002-items.js";
import { MANAGEMENT_SQL } from "./0003-management.js";
import { RECENT_SQL } from "./0004-recent.js";
import { SHEETS_AND_FORKS_SQL } from "./0005-sheets-and-forks.js";
import { SECRETS_AND_KEYS_SQL } from "./0006-secrets-and-keys.js";
import { SUSPECTS_SQL } from "./0007-suspects.js";
import { DATASET_USES_SQL } from "./0008-dataset-uses.js";
import { PUBLIC_VIEWS_SQL } from "./0009-public-views.js";
import { ITEM_PAGES_SQL } from "./0010-item-pages.js";
import { EXACT_MONEY_SQL } from "./0011-exact-money.js";
import { UPPER_CASE_IDS_SQL } from "./0012-upper-case-ids.js";
import { DATASET_ENDS_SQL } from "./0013-dataset-ends.js";
import { STATISTICS_SQL } from "./0014-statistics.js";
import { REACHED_SQL } from "./0015-reached.js";
import { RUN_CODE_SQL } from "./0016-run-code.js";
import { STORE_DEFAULTS_SQL } from "./0017-store-defaults.js";
import { SEARCH_SQL } from "./0018-search.js";
import { LABELS_SQL } from "./0019-labels.js";
import { CAUSE_MARKS_SQL } from "./0020-cause-marks.js";
import { MAP_BUDGET_SQL } from "./0021-map-budget.js";
import { CAUSES_SQL } from "./0022-causes.js";
import { MODELS_SQL } from "./0023-models.js";
import { WAITS_SQL } from "./0024-waits.js";
import { SIGNALS_SQL } from "./0025-signals.js";
import { STARTING_LATER_SQL } from "./0026-starting-later.js";
import { SCHEDULES_SQL } from "./0027-schedules.js";
import { CHILDREN_SQL } from "./0028-children.js";

export const MIGRATIONS: readonly string[] = [
  RUNS_SQL,
  ITEMS_SQL,
  MANAGEMENT_SQL,
  RECENT_SQL,
  SHEETS_AND_FORKS_SQL,
  SECRETS_AND_KEYS_SQL,
  SUSPECTS_SQL,
  DATASET_USES_SQL,
  PUBLIC_VIEWS_SQL,
  ITEM_PAGES_SQL,
  EXACT_MONEY_SQL,
  UPPER_CASE_IDS_SQL,
  DATASET_ENDS_SQL,
  STATISTICS_SQL,
  REACHED_SQL,
  RUN_CODE_SQL,
  STORE_DEFAULTS_SQL,
  SEARCH_SQL,
  LABELS_SQL,
  CAUSE_MARKS_SQL,
  MAP_BUDGET_SQL,
  CAUSES_SQL,
  MODELS_SQL,
  WAITS_SQL,
  SIGNALS_SQL,
  STARTING_LATER_SQL,
  SCHEDULES_SQL,
  CHILDREN_SQL,
];

/** Marks a file as a Holdfast store ("HLDF"). */
export const APPLICATION_ID = 0x484c4446;
