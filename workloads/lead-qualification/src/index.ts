// Public surface of lead qualification: the workflow, its profile, its score, and the generator of sample prospects.
export { type MissingColumn, ProfileColumnsError } from "./errors.js";
export { type GenerateOptions, generateProspects, type SyntheticProspect } from "./generate/prospects.js";
export { type WriteProspectsOptions, writeProspects } from "./generate/write.js";
export { type LeadQualificationInput, leadQualificationInput, type RunProfile } from "./input.js";
export { type ParsedProfile, parseProfile } from "./profile/parse.js";
export type { Criterion, Profile } from "./profile/schema.js";
export type { Assessment } from "./score/assessment.js";
export type { Ranking } from "./score/ranking.js";
export { type Score, scoreProspect } from "./score/score.js";
export { type LeadQualificationOptions, leadQualification, RECOVERY, STAGES } from "./workflow.js";
