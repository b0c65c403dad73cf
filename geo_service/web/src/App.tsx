import { Button, Center, Loader, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./App.module.css";
import { asProblem } from "./api/client";
import { useLandUse, useMapInfo, useSession } from "./api/queries";
import { useEditing } from "./editing/context";
import { EditPanel } from "./editing/EditPanel";
import { EditProvider } from "./editing/EditProvider";
import { ResultOnMap } from "./editing/ResultOnMap";
import { SketchOnMap } from "./editing/SketchOnMap";
import { LiveUpdates } from "./live/LiveUpdates";
import { Legend } from "./map/Legend";
import { MapView } from "./map/MapView";
import { SelectedParcel } from "./map/SelectedParcel";
import { ParcelPanel } from "./panel/ParcelPanel";
import { useView } from "./state/view";
import { PastBanner } from "./time/PastBanner";
import { TimeSlider } from "./time/TimeSlider";
import { Guard } from "./ui/Guard";
import { Header } from "./ui/Header";
import { Icon } from "./ui/icons";
import { ProblemAlert } from "./ui/ProblemAlert";
import { StatusBar } from "./ui/StatusBar";

export function App() {
  const { t } = useTranslation();
  const info = useMapInfo();
  const landUse = useLandUse();
  const parcel = useView((v) => v.parcel);
  const error = info.error ?? landUse.error;
  if (error) {
    return (
      <Center h="100%" p="md">
        <Stack maw={480}>
          <ProblemAlert problem={asProblem(error)} />
          <Button
            onClick={() => {
              void info.refetch();
              void landUse.refetch();
            }}
          >
            {t("edit.tryAgain")}
          </Button>
        </Stack>
      </Center>
    );
  }
  if (!info.data || !landUse.data) {
    return (
      <Center h="100%">
        <Loader aria-label={t("loading")} />
      </Center>
    );
  }
  return (
    <div className={classes.page} data-panel={parcel !== null}>
      <MapView info={info.data} landUse={landUse.data.items}>
        <EditProvider>
          <LiveUpdates startSeq={info.data.seq} />
          <SelectedParcel />
          <SketchOnMap />
          <ResultOnMap />
          <Header info={info.data} />
          <Workspace simulated={info.data.simulated} />
        </EditProvider>
      </MapView>
    </div>
  );
}

/** What lies over the map: work on the left, the parcel on the right, time and status below. */
function Workspace({ simulated }: { simulated: boolean }) {
  const { t } = useTranslation();
  const [time, setTime] = useState(false);
  const [legend, setLegend] = useState(false);
  const { open, setOpen, allowed } = useEditing();
  const officer = Boolean(useSession().data?.user);
  const parcel = useView((v) => v.parcel);
  return (
    <>
      <main className={classes.workspace} data-editing={open}>
        <div className={classes.top}>
          <PastBanner />
        </div>
        <div className={classes.left}>
          {officer && !open && parcel === null && (
            <Button
              className={classes.floating}
              leftSection={<Icon name="pencil" />}
              onClick={() => setOpen(true)}
              disabled={!allowed}
              data-testid="open-editor"
            >
              {t("edit.open")}
            </Button>
          )}
          <Guard>
            <EditPanel />
          </Guard>
          {legend && <Legend onClose={() => setLegend(false)} />}
        </div>
        <div className={classes.right}>
          <Guard key={parcel}>
            <ParcelPanel />
          </Guard>
        </div>
        {time && (
          <div className={classes.time}>
            <TimeSlider onClose={() => setTime(false)} />
          </div>
        )}
      </main>
      <StatusBar
        simulated={simulated}
        time={time}
        onTime={() => setTime(!time)}
        legend={legend}
        onLegend={() => setLegend(!legend)}
      />
    </>
  );
}
