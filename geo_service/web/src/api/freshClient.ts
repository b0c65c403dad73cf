import {
  type InvalidateOptions,
  type InvalidateQueryFilters,
  QueryClient,
  type QueryKey,
} from "@tanstack/react-query";

/** An answer that was asked for before a change does not count as one after it: also a first answer still under way is asked for again. */
export class FreshClient extends QueryClient {
  override async invalidateQueries<TTaggedQueryKey extends QueryKey = QueryKey>(
    filters?: InvalidateQueryFilters<TTaggedQueryKey>,
    options?: InvalidateOptions,
  ): Promise<void> {
    await this.cancelQueries({ ...filters, predicate: ({ state }) => state.data === undefined });
    await super.invalidateQueries(filters, options);
  }
}
