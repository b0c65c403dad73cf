import type { Problem } from "./types";

/** The service refused: carries its problem document (RFC 9457). */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The service could not be reached; status 0 tells it from every answer of the service. */
export const UNREACHABLE: Problem = {
  type: "urn:geo-service:problem:unreachable",
  title: "The service cannot be reached. Nothing was lost; try again in a moment.",
  title_vi: "Chưa kết nối được máy chủ. Không có gì bị mất; hãy thử lại sau giây lát.",
  status: 0,
};

export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { ...UNREACHABLE, detail: error instanceof Error ? error.message : String(error) };
}

/** The stable end of a problem's type: `four-eyes`, `code-needed`, … */
export const slugOf = ({ type }: Problem): string => type.split(":").at(-1) ?? type;

export const slugOfError = (error: unknown): string | null =>
  error instanceof ProblemError ? slugOf(error.problem) : null;

export type Query = Record<string, string | number | null | undefined>;
interface Options {
  query?: Query;
  body?: unknown;
  /** sent as it is, instead of a body of JSON */
  file?: Blob;
  signal?: AbortSignal;
}

function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = {
    type: "about:blank",
    title: `${response.status} ${response.statusText}`.trim(),
    status: response.status,
  };
  try {
    const body: unknown = await response.json();
    return body && typeof body === "object"
      ? { ...fallback, ...(body as Problem), status: response.status }
      : fallback;
  } catch {
    return fallback;
  }
}

async function send<T>(
  method: string,
  path: string,
  { query, body, file, signal }: Options = {},
): Promise<T> {
  // the header is the service's guard against requests forged from other sites
  const headers: Record<string, string> = {
    Accept: "application/json",
    "X-Requested-With": "geo-service",
  };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (file) headers["Content-Type"] = file.type || "application/octet-stream";
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      body: file ?? (body === undefined ? null : JSON.stringify(body)),
      signal: signal ?? null,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError(UNREACHABLE);
  }
  if (!response.ok) throw new ProblemError(await problemOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const http = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => send<T>("GET", path, { query, signal }),
  post: <T>(path: string, body?: unknown) => send<T>("POST", path, { body: body ?? {} }),
  patch: <T>(path: string, body: unknown) => send<T>("PATCH", path, { body }),
  /** a file travels as the body itself */
  upload: <T>(path: string, query: Query, file: Blob) => send<T>("POST", path, { query, file }),
  put: <T>(path: string, body: unknown) => send<T>("PUT", path, { body }),
  delete: <T = undefined>(path: string) => send<T>("DELETE", path),
};
