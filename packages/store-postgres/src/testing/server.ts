export async function serverUrl(): Promise<string> {
  return process.env.DATABASE_URL as string;
}
