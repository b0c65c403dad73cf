import { ActionIcon, Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/queries";
import type { PageName } from "../state/hash";
import { followDossier, openPage } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import classes from "./Citizen.module.css";
import { openMine } from "./open";

/** The ways from one of the citizen's pages to the others: signs with words, signs alone on a phone. */
export function PageButtons({ but }: { but: PageName }) {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  return (
    <nav className={classes.ways}>
      {but !== "procedures" && (
        <Way icon="log" name={t("citizen.procedures.title")} onClick={() => openPage("procedures")} />
      )}
      {but !== "track" && (
        <Way icon="search" name={t("citizen.track.short")} onClick={() => followDossier(null)} />
      )}
      {but !== "mine" && user && (
        <Way icon="inbox" name={t("citizen.mine.title")} onClick={() => openMine()} />
      )}
    </nav>
  );
}

function Way({ icon, name, onClick }: { icon: IconName; name: string; onClick: () => void }) {
  const narrow = useMediaQuery("(max-width: 60em)");
  return narrow ? (
    <ActionIcon variant="default" size="lg" onClick={onClick} aria-label={name}>
      <Icon name={icon} />
    </ActionIcon>
  ) : (
    <Button variant="default" leftSection={<Icon name={icon} />} onClick={onClick}>
      {name}
    </Button>
  );
}
