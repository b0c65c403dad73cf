import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/endpoints";
import type { Preview } from "../api/types";
import { useLive } from "../live/context";
import type { SnapFace, SnapVertex } from "./geometry";

const MARGIN_M = 30;

/** Faces fetched for snapping, gathered as the work moves on; forgotten when the land has changed. */
export function useSnapFaces(preview: Preview | null) {
  const seq = useLive((l) => l.lastSeq);
  const known = useRef(new Map<number, SnapFace>());
  const asked = useRef(new Map<number, Promise<void>>());
  const [loaded, setLoaded] = useState<readonly SnapFace[]>([]);

  // a new seq is what makes the faces old
  useEffect(() => {
    known.current.clear();
    asked.current.clear();
  }, [seq]);

  const loadFace = useCallback(async (id: number): Promise<readonly SnapFace[]> => {
    if (id > 0) {
      let request = asked.current.get(id);
      if (!request) {
        request = api.editing([id], MARGIN_M).then(({ faces }) => {
          for (const face of faces) known.current.set(face.id, face);
          setLoaded([...known.current.values()]);
        });
        request.catch(() => asked.current.delete(id));
        asked.current.set(id, request);
      }
      await request.catch(() => undefined);
    }
    return [...known.current.values()];
  }, []);

  /** What an earlier intent of this draft made can be snapped to as well, and what it retired cannot. */
  const faces = useMemo(() => {
    if (!preview) return loaded;
    const gone = new Set(preview.retired.features.map(({ properties }) => properties.id));
    return [...loaded.filter(({ id }) => !gone.has(id)), ...previewFaces(preview)];
  }, [loaded, preview]);

  return { faces, loadFace };
}

function previewFaces(preview: Preview): SnapFace[] {
  return preview.created.features.map(({ properties: { id, kind, label, rings }, geometry }) => ({
    id,
    kind,
    label,
    rings:
      rings ??
      geometry.coordinates.map((ring) =>
        ring.slice(0, -1).map(([lon = 0, lat = 0]): SnapVertex => ({ mm: null, lonlat: [lon, lat] })),
      ),
  }));
}
