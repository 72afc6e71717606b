# Draws cost-phases-resnet8-synthetic.svg; run: gnuplot cost-phases-resnet8-synthetic.gp
if (!exists('out')) out = 'cost-phases-resnet8-synthetic.svg'
set encoding utf8
set terminal svg size 900,160 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set tmargin 4.2
set label 'synthetic-widths: cost by stage and phase' at screen 0.015, screen 0.8875 left font ',15'
set label 'resnet8 on synthetic; a backward pass counts as two forward passes' at screen 0.015, screen 0.7562 left font ',12' tc rgb '#505050'
set lmargin at screen 0.1822
set xrange [0:0.028672]
set yrange [-0.6:0.6]
set xlabel 'image passes (millions)'
unset grid
set grid xtics lc rgb '#dddddd' lw 0.6 lt 1
set key outside right top Left reverse samplen 1 spacing 1.2
set ytics ('LSQ: each budget' 0) scale 0
$phase0 << EOD
0.000000 0.000512 0
EOD
$phase1 << EOD
0.000512 0.001024 0
EOD
$phase2 << EOD
0.001024 0.025600 0
EOD
$totals << EOD
0.025600 0 0.0256
EOD
plot $phase0 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 1 lw 0.5 fs solid 0.85 title 'final_score', \
     $phase1 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 2 lw 0.5 fs solid 0.85 title 'recalibrate', \
     $phase2 using (($1+$2)/2):3:1:2:($3-0.36):($3+0.36) with boxxyerror lt 3 lw 0.5 fs solid 0.85 title 'retrain', \
     $totals using 1:2:3 with labels left offset 0.6,0 font ',11' notitle
