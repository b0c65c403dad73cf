import { Badge, Button, Center, Loader, Stack } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./App.module.css";
import { asProblem } from "./api/client";
import { useDeskCounts } from "./api/dossierQueries";
import { useLandUse, useMapInfo, useSession, useSubmittedDrafts } from "./api/queries";
import { DeskLive } from "./desk/DeskLive";
import { useEditing } from "./editing/context";
import { EditPanel } from "./editing/EditPanel";
import { EditProvider } from "./editing/EditProvider";
import { ResultOnMap } from "./editing/ResultOnMap";
import { SketchOnMap } from "./editing/SketchOnMap";
import { integer } from "./format";
import { useImagery } from "./imagery/view";
import { LiveUpdates } from "./live/LiveUpdates";
import { Legend } from "./map/Legend";
import { MapView } from "./map/MapView";
import { SelectedParcel } from "./map/SelectedParcel";
import { ParcelPanel } from "./panel/ParcelPanel";
import { may, pageFor } from "./session/may";
import { openPage, useView } from "./state/view";
import { PastBanner } from "./time/PastBanner";
import { TimeSlider } from "./time/TimeSlider";
import { Guard } from "./ui/Guard";
import { Header } from "./ui/Header";
import { Icon } from "./ui/icons";
import { ProblemAlert } from "./ui/ProblemAlert";
import { StatusBar } from "./ui/StatusBar";

// what few people need is fetched when they ask for it, so that the map opens as fast as ever
const AccountPage = lazy(() => import("./account/AccountPage"));
const AdminPage = lazy(() => import("./admin/AdminPage"));
const AuditPage = lazy(() => import("./auditlog/AuditPage"));
const ApprovalsPanel = lazy(() => import("./approvals/ApprovalsPanel"));
const ProceduresPage = lazy(() => import("./citizen/ProceduresPage"));
const FilePage = lazy(() => import("./citizen/FilePage"));
const MinePage = lazy(() => import("./citizen/MinePage"));
const TrackPage = lazy(() => import("./citizen/TrackPage"));
const CounterPage = lazy(() => import("./counter/CounterPage"));
const DeskPage = lazy(() => import("./desk/DeskPage"));
const DossierPanel = lazy(() => import("./dossier/DossierPanel"));
const BoardPage = lazy(() => import("./board/BoardPage"));
const CataloguePage = lazy(() => import("./catalogue/CataloguePage"));
const CalendarPage = lazy(() => import("./calendar/CalendarPage"));
const FindingsPanel = lazy(() => import("./findings/FindingsPanel"));
const PrecisionPage = lazy(() => import("./findings/PrecisionPage"));
const ImageryOnMap = lazy(() => import("./imagery/ImageryOnMap"));
const ImageryPanel = lazy(() => import("./imagery/ImageryPanel"));
const ImageryBar = lazy(() => import("./imagery/ImageryBar"));
const ForecastOnMap = lazy(() => import("./forecast/ForecastOnMap"));
const ForecastBar = lazy(() => import("./forecast/ForecastBar"));
const PartnersPage = lazy(() => import("./partners/PartnersPage"));

export function App() {
  const { t } = useTranslation();
  const info = useMapInfo();
  const landUse = useLandUse();
  const parcel = useView((v) => v.parcel);
  const pictured = useImagery((v) => v.open || v.scene !== null);
  const forecast = useView((v) => v.forecast);
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
          <DeskLive />
          <SelectedParcel />
          <SketchOnMap />
          <ResultOnMap />
          {pictured && (
            <Guard>
              <Suspense>
                <ImageryOnMap />
              </Suspense>
            </Guard>
          )}
          {forecast && (
            <Guard>
              <Suspense>
                <ForecastOnMap />
              </Suspense>
            </Guard>
          )}
          <Header info={info.data} />
          <Workspace simulated={info.data.simulated} />
          <OpenPage />
        </EditProvider>
      </MapView>
    </div>
  );
}

/** The screen that is open over the map, for those who may see it. */
function OpenPage() {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const page = pageFor(
    user,
    useView((v) => v.page),
  );
  const shown =
    (page === "account" && <AccountPage />) ||
    (page === "admin" && <AdminPage />) ||
    (page === "audit" && <AuditPage />) ||
    (page === "procedures" && <ProceduresPage />) ||
    (page === "file" && <FilePage />) ||
    (page === "mine" && <MinePage />) ||
    (page === "track" && <TrackPage />) ||
    (page === "counter" && <CounterPage />) ||
    (page === "desk" && <DeskPage />) ||
    (page === "board" && <BoardPage />) ||
    (page === "catalogue" && <CataloguePage />) ||
    (page === "calendar" && <CalendarPage />) ||
    (page === "partners" && <PartnersPage />) ||
    (page === "precision" && <PrecisionPage />);
  if (!shown) return null;
  return (
    <Guard key={page}>
      <Suspense
        fallback={
          <Center className={classes.loading}>
            <Loader aria-label={t("loading")} />
          </Center>
        }
      >
        {shown}
      </Suspense>
    </Guard>
  );
}

/** What lies over the map: work on the left, the parcel on the right, time and status below. */
function Workspace({ simulated }: { simulated: boolean }) {
  const [time, setTime] = useState(false);
  const [legend, setLegend] = useState(false);
  const { open, dossier: drawn } = useEditing();
  const user = useSession().data?.user;
  const page = pageFor(
    user,
    useView((v) => v.page),
  );
  const approving = page === "approvals";
  const inDossier = page === "dossier";
  const inFindings = page === "findings";
  const covered = page !== null && !approving && !inDossier && !inFindings;
  const parcel = useView((v) => v.parcel);
  const pictures = useImagery((v) => v.open);
  const pictured = useImagery((v) => v.scene !== null);
  const forecast = useView((v) => v.forecast);
  const working = open || approving || inDossier || inFindings;
  const panel = pictures && !working;
  return (
    <>
      <main
        className={classes.workspace}
        data-editing={working}
        data-dossier={inDossier || inFindings}
        inert={covered}
      >
        <div className={classes.top}>
          <PastBanner />
        </div>
        <div className={classes.left}>
          {!working && !panel && parcel === null && <WorkButtons />}
          <Guard>
            {inDossier && !(open && drawn) ? (
              <Suspense fallback={<Loader />}>
                <DossierPanel />
              </Suspense>
            ) : inFindings && !open ? (
              <Suspense fallback={<Loader />}>
                <FindingsPanel />
              </Suspense>
            ) : approving ? (
              <Suspense fallback={<Loader />}>
                <ApprovalsPanel />
              </Suspense>
            ) : (
              <EditPanel />
            )}
          </Guard>
          {panel && (
            <Guard>
              <Suspense fallback={<Loader />}>
                <ImageryPanel />
              </Suspense>
            </Guard>
          )}
          {legend && <Legend onClose={() => setLegend(false)} />}
        </div>
        <div className={classes.right}>
          <Guard key={parcel}>
            <ParcelPanel />
          </Guard>
        </div>
        {(time || forecast || (pictured && !panel)) && (
          <div className={classes.time}>
            {forecast && (
              <Guard>
                <Suspense>
                  <ForecastBar />
                </Suspense>
              </Guard>
            )}
            {pictured && !panel && (
              <Guard>
                <Suspense>
                  <ImageryBar />
                </Suspense>
              </Guard>
            )}
            {time && <TimeSlider onClose={() => setTime(false)} />}
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

/** The ways into work: proposing changes, deciding about those of others. */
function WorkButtons() {
  const { t } = useTranslation();
  const { allowed, setOpen } = useEditing();
  const lang = useView((v) => v.lang);
  const user = useSession().data?.user;
  const approver = may(user, "edit.approve");
  const waiting = useSubmittedDrafts(approver).data?.items.length ?? 0;
  const reader = may(user, "dossier.read");
  const todo = useDeskCounts(reader).data?.todo ?? 0;
  return (
    <>
      {reader && (
        <Button
          className={classes.floating}
          variant="white"
          leftSection={<Icon name="inbox" />}
          rightSection={todo > 0 && <Badge color="red.8">{integer(todo, lang)}</Badge>}
          onClick={() => openPage("desk")}
          data-testid="desk-button"
          data-count={todo}
        >
          {t("menu.desk")}
        </Button>
      )}
      {may(user, "desk.reception") && (
        <Button
          className={classes.floating}
          variant="white"
          leftSection={<Icon name="counter" />}
          onClick={() => openPage("counter")}
          data-testid="counter-button"
        >
          {t("menu.counter")}
        </Button>
      )}
      {may(user, "edit.propose") && (
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
      {approver && (
        <Button
          className={classes.floating}
          variant="white"
          leftSection={<Icon name="inbox" />}
          onClick={() => openPage("approvals")}
          data-testid="approvals-button"
        >
          {t("approvals.title")}
          {waiting > 0 && ` (${waiting})`}
        </Button>
      )}
    </>
  );
}
